#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""openai_server.py FILE: stands in for an inference server, in a container: the part of OpenAI's interface that
llama-server has too, on 127.0.0.1 port 8080. Each answer streams the prompt's words back, one an event; a prompt
"forever" has no end. FILE gets a line for each event that a test waits for: "asked" for a
request, "cut" when a client leaves a stream."""

import base64
import http.server
import json
import struct
import sys
import time

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def words_of(text):
    if text == "forever":
        while True:
            yield "on "
            time.sleep(0.01)
    for word in text.split():
        yield word + " "


def vector_of(text):
    return [text.count(letter) / 8 for letter in ALPHABET]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    log = None

    def log_message(self, *_):
        pass

    def note(self, line):
        with open(self.log, "a", encoding="ascii") as file:
            print(line, file=file)

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def content(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        content = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return content

    def fail(self, status, message, kind):
        self.answer(status, {"error": {"message": message, "type": kind, "code": status}})

    def do_GET(self):
        self.note("asked")
        if self.path == "/v1/models":
            self.answer(200, {"object": "list", "data": [{"id": "echo", "object": "model", "created": 0, "owned_by": "test"}]})
        else:
            self.fail(404, "File Not Found", "not_found_error")

    def do_POST(self):
        self.note("asked")
        try:
            request = json.loads(self.content())
        except ValueError:
            self.fail(400, "no JSON", "invalid_request_error")
            return
        if self.path == "/v1/chat/completions":
            self.chat(request)
        elif self.path == "/v1/embeddings":
            self.embed(request)
        else:
            self.fail(404, "File Not Found", "not_found_error")

    def embed(self, request):
        if request.get("model") == "none":
            self.fail(501, "This server does not support embeddings. Start it with `--embeddings`", "not_supported_error")
            return
        texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
        data = []
        for index, text in enumerate(texts):
            vector = vector_of(text)
            if request.get("encoding_format") == "base64":
                vector = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
            data.append({"object": "embedding", "index": index, "embedding": vector})
        self.answer(200, {"object": "list", "model": "echo", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}})

    def chat(self, request):
        content = request["messages"][-1]["content"]
        if isinstance(content, list):  # parts, as some clients send them
            content = "".join(part["text"] for part in content)
        if request.get("stream"):
            self.stream(content)
            return
        text = "".join(words_of(content)).strip()
        message = {"role": "assistant", "content": text}
        self.answer(
            200,
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 0,
                "model": "echo",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            },
        )

    def event(self, data):
        text = f"data: {data}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))

    def stream(self, content):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "echo"}
        try:
            for word in words_of(content):
                choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
                self.event(json.dumps({**chunk, "choices": [choice]}))
            choice = {"index": 0, "delta": {}, "finish_reason": "stop"}
            self.event(json.dumps({**chunk, "choices": [choice]}))
            self.event("[DONE]")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.note("cut")
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


Handler.log = sys.argv[1]
Server(("127.0.0.1", 8080), Handler).serve_forever()
