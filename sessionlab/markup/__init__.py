"""What notebooks show of things, as HTML: text that is only text, tables, and pictures as small as a word.

Nothing in it runs, and nothing is asked of the network. Colors are that of the page's text and two more, which can be told apart
on a light page and on a dark one: so there is no style to switch.
"""
