"""What the files of an import are: by name, kind and folder, and what archives hold."""
