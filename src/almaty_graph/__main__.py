"""python -m almaty_graph: the command line."""

from almaty_graph.cli import main

main()
