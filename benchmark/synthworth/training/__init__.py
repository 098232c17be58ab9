"""A classifier from texts: recipes, encoders, and where they are trained: here, in processes, or on Ray."""
