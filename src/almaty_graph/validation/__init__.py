"""Holds any RDF against any SHACL shapes: pySHACL's verdict at engine speed, with file and line."""
