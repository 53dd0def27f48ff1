"""``python -m sessionlab``: the command line."""

if __name__ == "__main__":
    from sessionlab.cli import main

    main()
