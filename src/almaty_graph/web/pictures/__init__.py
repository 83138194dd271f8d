"""Decides what is drawn: of the graph, with the data beside each picture; of answers; of the vocabulary."""
