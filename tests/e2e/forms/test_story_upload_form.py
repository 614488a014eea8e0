"""`/remix` without a picture: a form that uploads one, with what was typed already in it."""

from bot.rules.job_states import JobState


async def opened(world, who, **options):
    form = await who.slash(world.channel, "remix", **options)
    await world.until(lambda: form.modal, "a form")
    return form


async def test_the_form_has_what_was_typed_and_makes_the_remix(world, horse):
    typed = {"prompt": "a horse in fog", "weight": 70, "speed": "TURBO", "copyright_check": True, "spoiler": True}
    form = await opened(world, world.mia, **typed)
    fields = world.fields_of(form)
    assert (fields["prompt"], fields["weight"], fields["speed"]) == ("a horse in fog", "70", "TURBO")

    result = await world.submit_form(world.mia, form, image=horse, prompt="a mare in fog")

    await world.told(result, "**Done.**")
    (call,) = world.ideogram.calls
    assert (call.prompt, call.fields["image_weight"], call.fields["rendering_speed"]) == (
        "a mare in fog",
        "70",
        "TURBO",
    )
    job = world.job()
    assert (job.request.copyright_check, job.spoiler, job.state) == (True, True, JobState.DELIVERED)
    assert (await world.card()).quoted == "> a mare in fog"


async def test_a_form_that_was_open_over_a_restart_still_works(world, horse):
    form = await opened(world, world.mia, prompt="a horse")
    await world.restart()
    await world.submit_form(world.mia, form, image=horse)
    assert (await world.card()).quoted == "> a horse"


async def test_what_would_be_refused_after_the_upload_is_refused_before_the_form(world, horse):
    await world.make(world.mia, horse)
    refused = await world.mia.slash(world.channel, "remix", prompt="again")
    await world.told(refused, "You can start your next remix")
    assert refused.modal is None
    assert refused.ephemeral


async def test_the_gate_is_asked_again_when_the_form_is_sent(world, horse):
    form = await opened(world, world.mia, prompt="second")
    await world.make(world.mia, horse, "first")
    result = await world.submit_form(world.mia, form, image=horse)
    await world.told(result, "You can start your next remix")
    assert len(world.jobs()) == 1


async def test_an_upload_that_was_a_spoiler_stays_one(world, horse):
    form = await opened(world, world.mia, prompt="a horse")
    await world.submit_form(world.mia, form, image=("SPOILER_horse.png", horse[1]))
    assert (await world.card()).files == ["SPOILER_remix-1-1.png"]


async def test_an_upload_that_is_no_picture_is_refused(world):
    form = await opened(world, world.mia, prompt="a horse")
    result = await world.submit_form(world.mia, form, image=("notes.txt", b"no picture at all"))
    await world.until(lambda: world.words_for(result), "an answer")
    assert world.jobs() == []
