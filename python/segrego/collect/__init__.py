"""Sources: one module each. They gather facts and record what they could not read as gaps; they never judge."""
