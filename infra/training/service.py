"""What a trainer answers while it works: /predict, /health, /metrics, and POST /checkpoint and /promote for whoever knows the token."""
import hmac
import http.server
import json
import threading

LARGEST_BODY = 1 << 20


class Refused(Exception):
    def __init__(self, status, message, headers=None):
        super().__init__(message)
        self.status, self.headers = status, headers or {}


def serve(trainer, host, port, token):
    """Serves in threads of its own; gives the server, whose server_address tells the port that it got."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self):
            self._answer({"/health": lambda: (200, trainer.health()), "/metrics": lambda: (200, trainer.metrics())})

        def do_POST(self):
            self._answer({
                "/predict": lambda: (200, predict(trainer, self._body())),
                "/checkpoint": lambda: self._ask("checkpoint"),
                "/promote": lambda: self._ask("promote"),
            })

        def _ask(self, kind):
            offered = self.headers.get("Authorization", "")
            if not token or not hmac.compare_digest(offered.encode(), f"Bearer {token}".encode()):
                raise Refused(401, f"POST /{kind} needs the header Authorization: Bearer TOKEN with the job's token")
            self._body()
            return trainer.ask(kind)

        def _body(self):
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return self._chunks()
            return self.rfile.read(self._size(self.headers.get("Content-Length", "0"), 10, 0))

        def _chunks(self):
            body = b""
            while size := self._size(self.rfile.readline(100).split(b";")[0], 16, len(body)):
                body += self.rfile.read(size)
                self.rfile.readline(3)
            # trailers, of which none is wanted, and the empty line after them
            while self.rfile.readline(1000).strip():
                pass
            return body

        def _size(self, text, base, before):
            try:
                size = int(text, base)
            except ValueError:
                size = -1
            if not 0 <= size <= LARGEST_BODY - before:
                # what follows on this connection cannot be told from another request
                self.close_connection = True
                raise Refused(413 if size > 0 else 400, f"a body has a length in Content-Length or chunks, and at most {LARGEST_BODY} bytes")
            return size

        def _answer(self, routes):
            work = routes.get(self.path.split("?")[0])
            headers = {}
            try:
                status, content = work() if work else (404, {"error": f"there is no {self.command} {self.path}"})
            except Refused as refused:
                status, content, headers = refused.status, {"error": str(refused)}, refused.headers
            text = isinstance(content, str)
            data = content.encode() if text else (json.dumps(content) + "\n").encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4" if text else "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server((host, port), Handler)
    threading.Thread(target=server.serve_forever, name="service", daemon=True).start()
    return server


def predict(trainer, body):
    """{"features": [...]} gives one prediction, {"rows": [[...], ...]} one for each row."""
    wanted = f'a body such as {{"features": [{", ".join(["0.5"] * trainer.features)}]}} or {{"rows": [[...], ...]}}'
    try:
        document = json.loads(body)
        rows = document["rows"] if "rows" in document else [document["features"]]
        rows = [[float(value) for value in row] for row in rows]
    except (ValueError, TypeError, KeyError):
        raise Refused(400, "POST /predict needs " + wanted) from None
    if any(len(row) != trainer.features for row in rows):
        raise Refused(400, f"each row needs {trainer.features} numbers: " + wanted)
    if trainer.state == "starting":
        # what it has now is not the job's model
        raise Refused(503, "the trainer has not resumed yet; ask again", {"Retry-After": "1"})
    answer = trainer.predict(rows)
    return answer | ({} if "rows" in document else {"prediction": answer["predictions"][0]})
