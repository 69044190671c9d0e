"""The screen. It asks the core, and the core never knows it.

`__main__` starts it, `asgi` serves it, `app` is the frame of every page, `navigation` the table of pages, `settings`
the only reader of the environment. `views` holds what one page shows, `shared` what several pages show, `widgets` the
browser components that know neither. `charts` draws, `state` remembers what one tab has chosen, `cached` what all tabs
share, `server` does what nobody has to ask for.
"""
