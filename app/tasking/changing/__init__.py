"""Behaviour change, from referral to closure, and the register of what was disclosed of a case."""
