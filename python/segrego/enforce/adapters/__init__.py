"""Where tools are called: one module for each framework, none of which is imported unless it is used."""
