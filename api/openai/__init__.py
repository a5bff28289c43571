"""OpenAI's wire formats in front of the same engine: chat completions, responses, models.

A request becomes a question with its history (`messages.py`), an answer becomes visible text with
annotations (`visible.py`), and that becomes the objects and stream events of each format
(`chat.py`, `responses.py`). What is not here is said by `refusals.py`; what a front end asks for by
itself, as a title, is answered by `tasks.py`.
"""
