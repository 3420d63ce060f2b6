"""The instance metadata service, version 2, as AWS documents it."""
import http.client
import os
import time
import urllib.parse

DEFAULT_ENDPOINT = "http://169.254.169.254"
TOKEN_SECONDS = 21600


class InstanceMetadata:
    """Reads documents about the instance that this program runs on. OSError where nobody answers."""

    def __init__(self, endpoint=None, timeout=2.0):
        self.endpoint = endpoint or os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or DEFAULT_ENDPOINT
        self._timeout = timeout
        self._token = None
        self._token_ends = 0.0

    def get(self, path):
        """The document at a path below /latest/, or None where there is none."""
        for attempt in (1, 2):
            status, body = self._send("GET", path, {"X-aws-ec2-metadata-token": self._session()})
            # a token of before the instance was stopped and started is no longer one
            if status == 401 and attempt == 1:
                self._token = None
                continue
            if status == 404:
                return None
            if status != 200:
                raise OSError(f"instance metadata {path}: HTTP {status}")
            return body.decode()

    def _session(self):
        if self._token is None or time.monotonic() > self._token_ends:
            status, body = self._send("PUT", "api/token", {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)})
            if status != 200:
                raise OSError(f"instance metadata token: HTTP {status}")
            self._token, self._token_ends = body.decode(), time.monotonic() + TOKEN_SECONDS - 60
        return self._token

    def _send(self, method, path, headers):
        url = urllib.parse.urlsplit(self.endpoint)
        connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=self._timeout)
        try:
            connection.request(method, f"{url.path.rstrip('/')}/latest/{path}", headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise OSError(f"instance metadata: {error!r}") from error
        finally:
            connection.close()
