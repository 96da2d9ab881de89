"""An ASGI application; / answers at once, the other paths use what inference servers use."""

import asyncio
import ctypes
import multiprocessing
import os
import subprocess


def words():
    with open("/srv/www/index.html", "rb") as file:
        return file.read()


async def child():
    process = await asyncio.create_subprocess_exec("cat", "/srv/www/index.html", stdout=subprocess.PIPE)
    return (await process.communicate())[0]


def square(n):
    return n * n


def pool():
    with multiprocessing.get_context("spawn").Pool(2) as workers:
        return b"%d" % sum(workers.map(square, range(10)))


def loader():
    import torch

    rows = torch.utils.data.TensorDataset(torch.arange(100.0))
    return b"%d" % sum(float(batch[0].sum()) for batch in torch.utils.data.DataLoader(rows, 10, num_workers=2))


def compiled():
    """What compilers of kernels do: write, build, load, call."""
    source = b'extern "C" int twice(int n) { return 2 * n; }'
    command = ["g++", "-shared", "-fPIC", "-o", "/tmp/twice.so", "-x", "c++", "-"]
    subprocess.run(command, input=source, check=True)
    return b"%d" % ctypes.CDLL("/tmp/twice.so").twice(8)


def anew():
    import torch

    return b"%d" % torch.compile(lambda x: (2 * x + 1).sum())(torch.ones(4)).item()


def gloo():
    import torch.distributed as distributed

    distributed.init_process_group("gloo", init_method="tcp://127.0.0.1:29500?use_libuv=0", rank=0, world_size=1)
    import torch

    total = torch.tensor([41.0])
    distributed.all_reduce(total)
    distributed.destroy_process_group()
    return b"%d" % (total.item() + 1)


def user():
    import getpass

    return getpass.getuser().encode()


PATHS = {"/pool": pool, "/loader": loader, "/compile": anew, "/compiled": compiled, "/gloo": gloo, "/user": user}


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    path = scope["path"]
    try:
        if path == "/":
            body = words()
        elif path == "/child":
            body = await child()
        else:
            body = await asyncio.to_thread(PATHS[path])
        status = 200
    except Exception as error:  # the test wants to read it
        body, status = repr(error).encode() + b" pid %d\n" % os.getpid(), 500
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
