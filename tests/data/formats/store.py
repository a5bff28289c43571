"""Keeps readings of the tide gauges."""

LIMIT_CM = 480


class Store:
    """Holds what was measured,
    newest first.

    A reading above the limit raises an alarm. It is never deleted.
    """

    def add(self, reading_cm):
        # Readings below zero are errors of the gauge.
        if reading_cm < 0:
            raise ValueError(reading_cm)
        self.readings.insert(0, reading_cm)

    @property
    def highest(self):
        return max(self.readings)


async def fetch(gauge):
    return await gauge.read()
