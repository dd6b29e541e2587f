"""Proves that documents are written, found, changed and deleted over MongoDB's protocol.

Leaves nothing behind: its database, a schema in PostgreSQL, goes with it.
"""

import os
import socket

from pymongo import MongoClient, ReplaceOne, ReturnDocument
from pymongo.errors import DuplicateKeyError

NAME = "helm_test_" + "".join(filter(str.isalnum, socket.gethostname()))
COUNT = 250

# The network lets a new pod through a moment after its start.
client: MongoClient[dict[str, object]] = MongoClient(
    os.environ["MONGODB_URI"], serverSelectionTimeoutMS=60_000
)
# A test that was ended halfway has left it.
client.drop_database(NAME)
documents = client[NAME]["documents"]
try:
    documents.create_index("number", unique=True)
    documents.insert_many([{"_id": f"d{n}", "number": n, "name": "Björk"} for n in range(COUNT)])
    found = [
        kept["number"] for kept in documents.find({"number": {"$gt": 100}}).sort("number").limit(3)
    ]
    assert found == [101, 102, 103], found
    print(f"{COUNT} documents are written and found in order")

    documents.update_one({"_id": "d1"}, {"$set": {"name": "Sigur Rós"}}, upsert=True)
    documents.bulk_write([ReplaceOne({"_id": "new"}, {"number": COUNT}, upsert=True)])
    changed = documents.find_one_and_update(
        {"_id": "d1"}, {"$inc": {"number": 1000}}, return_document=ReturnDocument.AFTER
    )
    assert changed == {"_id": "d1", "number": 1001, "name": "Sigur Rós"}, changed
    assert documents.count_documents({}) == COUNT + 1, documents.count_documents({})
    print("documents are changed, replaced and counted")

    try:
        documents.insert_one({"_id": "twice", "number": 7})
    except DuplicateKeyError:
        print("a second document with a unique number is refused")
    else:
        raise AssertionError("a unique index let a second document with number 7 in")

    deleted = documents.delete_many({"number": {"$lt": COUNT}}).deleted_count
    assert deleted == COUNT - 1, deleted
    print("documents are deleted")
finally:
    client.drop_database(NAME)
