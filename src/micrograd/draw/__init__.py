"""Pictures of graphs: drawings, the page that explains one, and the notebook widget."""
