"""Answers as Slack messages: pure functions from an answer to blocks, nothing of Slack's library.

Text from documents, models and people only ever stands in `rich_text` elements and `plain_text`
objects, which Slack shows as they are: no text can mention anybody, become a link or change how it
is shown. What `mrkdwn` there is consists of our own words and is `verbatim`.
"""
