"""Several processes write to one SQLite database, some give up in the middle of a transaction:
writers.py DATABASE JOURNAL_MODE PROCESSES TRANSACTIONS
"""
import os
import random
import sqlite3
import sys

database, mode, processes, transactions = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])


def connect():
    connection = sqlite3.connect(database, timeout=60, isolation_level=None)
    connection.execute("pragma synchronous = full")
    return connection


def writer(number):
    source = random.Random(number)
    connection = connect()
    for transaction in range(transactions):
        connection.execute("begin immediate")
        for row in range(source.randrange(1, 20)):
            connection.execute(
                "insert into item (writer, step, body) values (?, ?, ?)",
                (number, transaction, source.randbytes(source.randrange(3000))),
            )
        connection.execute("update total set n = n + 1 where writer = ?", (number,))
        connection.execute("delete from item where writer = ? and step = ?", (number, transaction - 7))
        if transaction % 5 == 4:
            connection.execute("rollback")
        else:
            connection.execute("commit")
    connection.close()


setup = connect()
answer = setup.execute(f"pragma journal_mode = {mode}").fetchone()[0]
if answer != mode:
    raise SystemExit(f"journal_mode is {answer}")
setup.execute("create table item (id integer primary key, writer int, step int, body blob)")
setup.execute("create index by_writer on item (writer, step)")
setup.execute("create table total (writer int, n int)")
for number in range(processes):
    setup.execute("insert into total values (?, 0)", (number,))
setup.close()
children = []
for number in range(processes):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            writer(number)
            status = 0
        finally:
            os._exit(status)
    children.append(pid)
if any([os.waitpid(pid, 0)[1] for pid in children]):
    raise SystemExit("a writer failed")
check = connect()
committed = check.execute("select distinct n from total").fetchall()
expected = sum(step % 5 != 4 for step in range(transactions))
if committed != [(expected,)]:
    raise SystemExit(f"{committed} transactions are there, not {expected}")
print(check.execute("pragma integrity_check").fetchone()[0])
