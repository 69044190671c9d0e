"""A class: its people, their codes and sessions, its assignments, and the board that compares results.

    <class>/class.json              its title and people, each with a hash of their code
    <class>/sessions.json           who is signed in, by the hash of a token
    <class>/assignments/<id>.json   an assignment
    <class>/runs/<person id>/       a person's folder of runs

Every change is made under a lock and replaces one file. Code here trains nothing and knows no web server.
"""
