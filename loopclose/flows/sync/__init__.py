"""Sync: find the practice's visits and referrals, read what surrounds them, judge every patient touched."""
