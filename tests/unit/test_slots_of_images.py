"""A paid call takes as many slots as it makes images."""

from bot.worker.slots import Slots


async def test_a_call_with_several_images_takes_several_slots_and_is_not_overtaken():
    slots = Slots(4)
    with slots.line_up(images=3) as first:
        assert first.granted.done()
        with slots.line_up(images=2) as second, slots.line_up() as third:
            assert (slots.in_flight, second.granted.done(), third.granted.done()) == (3, False, False)
            slots.give_back(3)
            assert (slots.in_flight, second.granted.done(), third.granted.done()) == (3, True, True)
            slots.in_flight += 3


async def test_one_that_needs_more_than_ideogram_takes_now_goes_alone():
    slots = Slots(4)
    slots.limit.limit = 2
    with slots.line_up() as small, slots.line_up(images=4) as large:
        assert (small.granted.done(), large.granted.done()) == (True, False)
        slots.give_back()
        assert large.granted.done()
        slots.in_flight += 1
