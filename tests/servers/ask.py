# SPDX-License-Identifier: MIT
"""ask.py PORT COUNT WORDS [PATH]: asks so often for PATH, or for /, over eight connections at a time that stay; prints
how many answers were WORDS.

A connection that its server closes is made again, and its request asked again, as clients do; after a 503 when the
answer says so.
"""

import http.client
import ssl
import sys
import threading
import time

port, count, words = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()
path = sys.argv[4] if len(sys.argv) > 4 else "/"
left = threading.Semaphore(count)
good = []


def connect():
    context = ssl._create_unverified_context()
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=120, context=context)


def once(connection):
    for _ in range(5):
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            if response.status != 503:
                return response.status == 200 and body.strip() == words
            time.sleep(int(response.headers.get("Retry-After", 1)))
        except (OSError, http.client.HTTPException):
            pass
        connection.close()
    return False


def worker():
    connection = connect()
    while left.acquire(blocking=False):
        if once(connection):
            good.append(1)


threads = [threading.Thread(target=worker) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(good))
