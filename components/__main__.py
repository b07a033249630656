"""What the engine starts for `pulumi package add ./components`: the components, for any Pulumi language."""

from wayfare.components.hosted import main

if __name__ == "__main__":
    main()
