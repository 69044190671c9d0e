"""The screen. It imports the core; the core never imports the screen.

`__main__` starts it, `asgi` serves it, `app` is the frame of every page, `navigation` the table of pages, and
`settings` the only module that reads the environment. `views` holds what one page shows, `shared` what several pages
show, and `widgets` browser components that know neither. `charts` makes figures, `state` holds the choices of one tab,
`cached` the values that all tabs share, and `server` what a server does by itself.
"""
