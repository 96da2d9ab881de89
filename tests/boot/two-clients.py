# SPDX-License-Identifier: MIT
"""two-clients.py PORT: what client B can learn of client A from the llm image at 127.0.0.1:PORT.

TAP, one line a fact, without a plan. Run by tests/boot/45-strangers.t.
"""
import http.client
import json
import ssl
import sys

PORT = int(sys.argv[1])
SECRET = "The password of the house by the river is swordfish, and nobody may know it."
OTHER = "In the garden there were many trees, and under each of them sat a small grey cat"
NEEDED = ("/v1/completions", "/v1/chat/completions")  # the gateway may keep others from the container
TELLING = {  # keys that told of the request before
    "cache",
    "cache_n",
    "cache_read_input_tokens",
    "cached_tokens",
    "input_tokens_details",
    "prompt_tokens_details",
    "timings",
    "tokens_cached",
}
failed = 0


def result(good, sentence, detail=""):
    global failed
    failed |= not good
    print(("ok" if good else "not ok"), "-", sentence)
    if not good:
        print("#", detail)


def fetch(method, path, body=None, headers=()):
    """Status and text, on a connection of its own."""
    context = ssl._create_unverified_context()
    c = http.client.HTTPSConnection("127.0.0.1", PORT, timeout=300, context=context)
    try:
        c.request(
            method,
            path,
            None if body is None else json.dumps(body),
            {"Content-Type": "application/json", **dict(headers)},
        )
        answer = c.getresponse()
        return answer.status, answer.read().decode()
    finally:
        c.close()


def keys(value, path=""):
    """Every key of a JSON value, by its path."""
    if isinstance(value, dict):
        return {k for name, v in value.items() for k in {f"{path}/{name}"} | keys(v, f"{path}/{name}")}
    if isinstance(value, list):
        return {k for v in value for k in keys(v, path)}
    return set()


def telling(text):
    return TELLING & {key.rsplit("/", 1)[1] for key in keys(json.loads(text))}


def prompt(path, text, **more):
    """A request for a few tokens, as that path wants it."""
    body = {"max_tokens": 4, "temperature": 0, "seed": 1, "cache_prompt": True, "id_slot": 0}
    body |= {"timings_per_token": True, "return_progress": True} | more
    if "completion" in path and "chat" not in path:
        return body | {"prompt": text, "n_predict": 4}
    if path == "/v1/responses":
        return body | {"input": text, "max_output_tokens": 4}
    return body | {"messages": [{"role": "user", "content": text}]}


def compare(path):
    """B's guess of A's prompt, right after A, beside the same guess after another's prompt."""
    answers = {}
    for before in (OTHER, SECRET):
        fetch("POST", path, prompt(path, before))
        answers[before] = fetch("POST", path, prompt(path, SECRET))
    (fresh_status, fresh), (guess_status, guess) = answers[OTHER], answers[SECRET]
    good = (200,) if path in NEEDED else (200, 404)
    result(fresh_status == guess_status and guess_status in good, f"{path}: both are answered", f"{fresh} {guess}")
    if fresh_status != 200 or guess_status != 200:
        return
    fresh, guess = json.loads(fresh), json.loads(guess)
    result(keys(fresh) == keys(guess), f"{path}: a guess has the form of any other", f"{keys(fresh) ^ keys(guess)}")
    usage = [x.get("usage") or [x.get("tokens_evaluated"), x.get("tokens_predicted")] for x in (fresh, guess)]
    result(usage[0] == usage[1], f"{path}: and its counters", usage)
    result(not telling(json.dumps(guess)), f"{path}: no key tells of another request", keys(guess))


def stream(path):
    """The same of each event of a stream."""
    told = []
    for before in (OTHER, SECRET):
        fetch("POST", path, prompt(path, before))
        _, text = fetch("POST", path, prompt(path, SECRET, stream=True, stream_options={"include_usage": True}))
        events = [line[6:] for line in text.splitlines() if line.startswith("data: {")]
        told.append([(sorted(keys(json.loads(e))), json.loads(e).get("usage")) for e in events])
        result(events and not any(telling(e) for e in events), f"{path}, streamed: no key tells of another request", text)
    result(told[0] == told[1], f"{path}, streamed: a guess has the form of any other", told)


for path in ("/completion", "/v1/completions", "/v1/chat/completions", "/v1/responses", "/v1/messages"):
    compare(path)
for path in NEEDED:
    stream(path)

fetch(
    "POST",
    "/v1/chat/completions",
    prompt("/v1/chat/completions", SECRET, stream=True),
    {"X-Conversation-Id": "conv-1"},
)
for method, path, body in (
    ("GET", "/v1/stream?conv_id=conv-1", None),
    ("GET", "/v1/stream?conv_id=conv-1&from=0", None),
    ("POST", "/v1/streams/lookup", {"conversation_ids": ["conv-1"]}),
    ("DELETE", "/v1/stream?conv_id=conv-1", None),
    ("GET", "/slots", None),
    ("POST", "/slots/0?action=save", {"filename": "x"}),
    ("GET", "/metrics", None),
    ("GET", "/props", None),
    ("POST", "/props", {}),
    ("GET", "/lora-adapters", None),
    ("POST", "/v1/chat/completions/control", {"id": "x", "action": "reasoning_end"}),
):
    code, text = fetch(method, path, body)
    result(code == 404 and "swordfish" not in text, f"{method} {path}: there is no such thing", f"{code} {text}")
sys.exit(failed)
