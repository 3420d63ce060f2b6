"""Objects of one S3 bucket, with the standard library alone, so that an instance needs nothing installed.

Requests are signed with Signature Version 4 ("Create a signed AWS API request", AWS IAM user guide) and carry a SHA-256 checksum.
"""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import os
import random
import urllib.parse
import xml.etree.ElementTree as xml

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
RETRIED = (409, 429, 500, 502, 503, 504)


class S3Error(Exception):
    """S3 said no."""

    def __init__(self, status, code, message):
        super().__init__(f"HTTP {status} {code}: {message}")
        self.status, self.code = status, code


class PreconditionFailed(S3Error):
    """The object is not as If-Match or If-None-Match wants it: somebody else wrote it."""


class Unreachable(Exception):
    """S3 could not be brought to answer, for as often as was allowed."""


class Credentials:
    """From AWS_ACCESS_KEY_ID and its like, else those of the instance's role, read again before they expire."""

    def __init__(self, metadata):
        self._metadata, self._role, self._ends = metadata, None, None

    def get(self):
        """Access key, secret key, and session token or None."""
        if "AWS_ACCESS_KEY_ID" in os.environ:
            return os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN")
        now = datetime.datetime.now(datetime.timezone.utc)
        if self._role is None or now > self._ends - datetime.timedelta(minutes=5):
            path = "meta-data/iam/security-credentials/"
            name = self._metadata.get(path)
            if not name:
                raise OSError("there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the instance a role")
            found = json.loads(self._metadata.get(path + name.split()[0]))
            self._role = found["AccessKeyId"], found["SecretAccessKey"], found["Token"]
            self._ends = datetime.datetime.fromisoformat(found["Expiration"].replace("Z", "+00:00"))
        return self._role


class Bucket:
    """Safe for several threads. Answers of 409, 429 and 5xx, and broken connections, are tried again with growing pauses."""

    def __init__(self, name, credentials, sleep, endpoint=None, region=None, attempts=8, first_pause=0.2, longest_pause=10.0):
        self.name, self._credentials, self._sleep = name, credentials, sleep
        self.region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self.endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or f"https://s3.{self.region}.amazonaws.com"
        self._attempts, self._first_pause, self._longest_pause = attempts, first_pause, longest_pause

    def get(self, key):
        """Bytes and entity tag, or None where there is no such object."""
        try:
            body, headers = self._patiently("GET", key)
            return body, headers["etag"]
        except S3Error as error:
            if error.code == "NoSuchKey":
                return None
            raise

    def put(self, key, data, if_match=None, if_absent=False):
        """The new entity tag. PreconditionFailed may also mean that an earlier attempt took effect and its answer was lost."""
        headers = {"x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(data).digest()).decode(), "content-type": "application/json"}
        if if_match:
            headers["if-match"] = if_match
        if if_absent:
            headers["if-none-match"] = "*"
        return self._patiently("PUT", key, data, headers)[1]["etag"]

    def keys(self, prefix):
        """All keys that begin with the prefix, in order."""
        found, token = [], None
        while True:
            query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
            page = xml.fromstring(self._patiently("GET", "", query=query)[0])
            found += [key.text for key in page.iterfind(f"{NAMESPACE}Contents/{NAMESPACE}Key")]
            token = page.findtext(f"{NAMESPACE}NextContinuationToken")
            if not token:
                return found

    def _patiently(self, method, key, data=b"", headers=None, query=None):
        for attempt in range(1, self._attempts + 1):
            try:
                return self._once(method, key, data, dict(headers or {}), query or {})
            except (OSError, http.client.HTTPException, S3Error) as error:
                if isinstance(error, S3Error) and error.status not in RETRIED:
                    raise
                if attempt == self._attempts:
                    raise Unreachable(f"{method} {key} failed {attempt} times, at last: {error!r}") from error
            # full jitter: many trainers that were slowed down together must not come back together
            self._sleep(random.uniform(0.2, 1.0) * min(self._longest_pause, self._first_pause * 2 ** (attempt - 1)))

    def _once(self, method, key, data, headers, query):
        url = urllib.parse.urlsplit(self.endpoint)
        path = "/" + urllib.parse.quote(self.name) + ("/" + urllib.parse.quote(key, safe="/~") if key else "")
        text = "&".join(f"{urllib.parse.quote(name, safe='~')}={urllib.parse.quote(value, safe='~')}" for name, value in sorted(query.items()))
        self._sign(method, url.netloc, path, text, data, headers)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.hostname, url.port, timeout=15)
        try:
            connection.request(method, path + ("?" + text if text else ""), body=data or None, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status // 100 != 2:
            raise self._error(answer.status, body)
        return body, {name.lower(): value for name, value in answer.getheaders()}

    @staticmethod
    def _error(status, body):
        try:
            document = xml.fromstring(body)
            code, message = document.findtext("Code", ""), document.findtext("Message", "")
        except xml.ParseError:
            code, message = "", body[:200].decode(errors="replace")
        return (PreconditionFailed if status == 412 else S3Error)(status, code, message)

    def _sign(self, method, host, path, query, data, headers):
        access_key, secret_key, token = self._credentials.get()
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        headers |= {"host": host, "x-amz-date": now, "x-amz-content-sha256": hashlib.sha256(data).hexdigest()}
        if token:
            headers["x-amz-security-token"] = token
        names = sorted(headers)
        canonical = "\n".join([method, path, query, *(f"{name}:{headers[name].strip()}" for name in names), "", ";".join(names), headers["x-amz-content-sha256"]])
        key = ("AWS4" + secret_key).encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
