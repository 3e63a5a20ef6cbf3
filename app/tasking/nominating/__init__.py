"""From candidates to cases of the panel: put forward, judged blind, nominated, adopted, and how a case stands."""
