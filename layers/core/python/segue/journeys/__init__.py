"""What should follow: the journey's definition, its graph, two readers of it, and the runs."""
