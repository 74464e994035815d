"""Writers: an audit in, a document out."""
