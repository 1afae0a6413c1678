"""Walks of the staff in a real browser: a clinician with one visit, the front desk with a new one, and signing out."""

import io
import re

import pypdfium2
import segno
from PIL import Image, ImageStat
from playwright.sync_api import Page, expect

from clinic.core.scope import Role
from clinic.db.models import Visit
from clinic.db.session import db
from tests.browser.conftest import StaffPage, sign_in
from tests.browser.house import House
from tests.web.staff.people import usual, worst

ANSWERS = ("Adherence", "Priority", "higher = harder", "Keeping up with treatment", "No safety signal", "Urgent now")


def test_a_clinician_signs_in_and_goes_from_the_day_to_the_page_to_the_reason_to_read(
    house: House, contexts: StaffPage
) -> None:
    visit = house.visit(given=usual(), name="Dora Done")
    page = contexts(width=1280, height=800)

    page.goto("/visits")
    expect(page).to_have_url(f"{house.url}/login?to=/visits")
    page.get_by_label("E-mail").fill(house.emails[Role.CLINICIAN])
    page.get_by_label("Password").fill("not my password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("is not right")
    sign_in(page, house, Role.CLINICIAN)
    row = page.get_by_role("row").filter(has_text="Dora Done")
    expect(row).to_contain_text("Done")
    expect(row).to_contain_text("Keeping up with treatment")

    row.get_by_role("link", name="Dora Done").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dora Done")
    gap = page.get_by_role("region", name="Adherence")
    expect(gap).to_contain_text("67 of 100, higher = harder")
    expect(gap.get_by_role("table")).to_be_hidden()
    gap.get_by_text("Why this flag?").click()
    expect(gap.get_by_role("table")).to_be_visible()
    expect(gap).to_contain_text("Barrier Check 1.0")

    page.get_by_role("button", name="Mark as read").click()
    expect(page.get_by_text("Read by Dr. Ana Ruiz")).to_be_visible()
    with house.app.app_context():
        assert db.session.get_one(Visit, visit).summary_read_by == house.ids[Role.CLINICIAN]
    page.goto("/visits")
    expect(page.get_by_role("row").filter(has_text="Dora Done")).to_contain_text("Summary read")


def test_the_pdf_is_one_page_with_ink_on_it_and_a_name_that_says_nothing(house: House, staff_page: StaffPage) -> None:
    visit = house.visit(given=worst(), name="María Núñez", form={"language": "es"})
    page = staff_page()
    page.goto(f"/visits/{visit}")

    with page.expect_download() as downloading:
        page.get_by_role("link", name="PDF, one page").click()
    file = downloading.value

    assert file.suggested_filename == f"barrier-check-visit-{visit}.pdf"
    document = pypdfium2.PdfDocument(file.path().read_bytes())
    assert len(document) == 1
    picture = document[0].render(scale=1.5).to_pil().convert("L")
    document.close()
    # Text and boxes cover some of the paper, and the paper stays paper.
    ink = sum(picture.histogram()[:128]) / (picture.width * picture.height)
    assert 0.02 < ink < 0.25
    # Nothing is drawn over the edge, and no quarter of the page is empty.
    width, height = picture.size
    assert min(picture.crop((0, 0, width, 12)).getextrema()) > 200
    for top in range(4):
        quarter = picture.crop((0, top * height // 4, width, (top + 1) * height // 4))
        assert ImageStat.Stat(quarter).stddev[0] > 20


def test_the_front_desk_makes_a_visit_and_gets_link_code_and_slip(house: House, staff_page: StaffPage) -> None:
    page = staff_page(Role.FRONT_DESK)
    page.goto("/visits")
    page.get_by_role("link", name="New visit").click()
    page.get_by_role("link", name="Add a patient").click()
    page.get_by_label("Record number").fill("MRN-90001")
    page.get_by_label("Name", exact=True).fill("Nadia Newcomer")
    page.get_by_role("button", name="Make the visit").click()
    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    # What is missing is listed in the order of the page.
    expect(summary.get_by_role("link")).to_have_text(["Give the date of birth.", "Say at what time it is."])
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Date of birth")).to_be_focused()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Nadia Newcomer")

    page.get_by_label("Date of birth").fill("1984-02-29")
    page.get_by_label("Day").fill("2026-03-12")
    page.get_by_label("Time").fill("14:30")
    page.get_by_label("Clinician").select_option(label="Dr. Ana Ruiz")
    page.get_by_role("button", name="Make the visit").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Nadia Newcomer")
    expect(page.get_by_text("2:30 pm").first).to_be_visible()
    url = page.locator("#link-text").inner_text()
    assert re.fullmatch(rf"{house.url}/q/[\w-]{{20,}}", url)
    assert drawn_modules(page) == modules(url)

    code = page.locator("#short-code").inner_text()
    page.get_by_role("link", name="Print the slip").click()
    slip = page.get_by_role("region", name="Nadia Newcomer")
    expect(slip).to_contain_text(code)
    expect(slip).to_contain_text("/start")
    assert "depress" not in slip.inner_text().casefold()
    assert drawn_modules(page) == modules(url)


def test_the_link_that_the_desk_hands_out_opens_that_patients_form(
    house: House, staff_page: StaffPage, contexts: StaffPage
) -> None:
    visit, _ = house.new_form(name="Lena Link")
    desk = staff_page(Role.FRONT_DESK)
    desk.goto(f"/visits/{visit}")

    phone = contexts()
    phone.goto(desk.locator("#link-text").inner_text())

    expect(phone).to_have_url(re.compile("/form/start$"))
    tablet = contexts()
    tablet.goto("/start")
    tablet.get_by_role("textbox").fill(desk.locator("#short-code").inner_text().lower())
    tablet.locator("main form button.nhsuk-button").first.click()
    expect(tablet).to_have_url(re.compile("/form/start$"))


def test_the_front_desk_sees_states_and_no_answers(house: House, staff_page: StaffPage) -> None:
    visit = house.visit(given=usual(), name="Paula Private")
    page = staff_page(Role.FRONT_DESK)

    for path in ("/visits", f"/visits/{visit}", f"/patients/{house.patient_of(visit)}"):
        page.goto(path)
        expect(page.get_by_text("Paula Private").first).to_be_visible()
        words = page.locator("main").inner_text()
        assert [one for one in ANSWERS if one in words] == [], path
    answer = page.goto(f"/visits/{visit}/summary.pdf")
    assert answer is not None
    assert answer.status == 403


def test_after_signing_out_back_shows_nothing_of_a_patient(house: House, contexts: StaffPage) -> None:
    visit = house.visit(given=usual(), name="Ben Back")
    page = contexts(width=1280, height=800)
    sign_in(page, house, Role.CLINICIAN)
    page.goto(f"/visits/{visit}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ben Back")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert "Ben Back" not in page.content()


def test_a_clinician_uses_what_is_there_once_the_visit_has_begun(house: House, staff_page: StaffPage) -> None:
    visit = house.visit(given=usual(), state="draft", hours=-0.5, name="Stan Started")
    page = staff_page()
    page.goto(f"/visits/{visit}")
    assert "Adherence" not in page.locator("main").inner_text()

    page.get_by_role("button", name="Use what is there").click()

    expect(page.get_by_role("region", name="Adherence")).to_contain_text("of 100, higher = harder")
    assert house.state_of(visit) == "partial"


def modules(url: str) -> list[list[bool]]:
    """Return a QR code's dark and light squares as the library makes them."""
    return [[bool(cell) for cell in row] for row in segno.make(url, error="m", micro=False).matrix]


def drawn_modules(page: Page) -> list[list[bool]]:
    """Return the squares of the QR code as they stand on the screen, read from a picture of it."""
    drawing = page.locator("svg.bc-slip__qr")
    size = float((drawing.get_attribute("viewBox") or "").split()[2])
    picture = Image.open(io.BytesIO(drawing.screenshot(scale="css"))).convert("L")
    step = picture.width / size
    quiet, count = 4, int(size) - 8

    def is_dark(row: int, column: int) -> bool:
        at = (int((column + quiet + 0.5) * step), int((row + quiet + 0.5) * step))
        return bool(picture.getpixel(at) < 128)  # type: ignore[operator]

    return [[is_dark(row, column) for column in range(count)] for row in range(count)]


def test_two_open_alerts_leave_a_phone_to_the_page(house: House, staff_page: StaffPage) -> None:
    page = staff_page(width=360, height=640)
    page.goto("/visits")
    before = page.get_by_role("region", name="Open alerts").get_by_role("listitem").count()
    # They are so new that neither is overdue.
    name = "Maximiliana Fernández de la Reguera y Castillo"
    visit = house.visit(given=worst(), alert={}, name=name, filled_hours_ago=0.1)
    house.visit(given=worst(), alert={}, name="Wendy Worst", filled_hours_ago=0.1)
    page.goto("/visits")

    alerts = page.get_by_role("region", name="Open alerts").get_by_role("listitem")
    heights = [alerts.nth(n).bounding_box()["height"] for n in range(before, before + 2)]  # type: ignore[index]
    assert sum(heights) <= 640 / 6
    alerts.get_by_role("link", name="Maximiliana").click()
    expect(page).to_have_url(f"{house.url}/visits/{visit}")
