// Comfort on top of pages that work without it: focus on errors, characters left, the end of a session, one submit at a time, print, copy, a day that renews itself.
(function () {
  'use strict'
  document.documentElement.classList.add('bc-has-script')

  // A refused page starts at the list of what to mend, and its links go straight to the field.
  const summary = document.querySelector('.nhsuk-error-summary')
  if (summary) {
    summary.setAttribute('tabindex', '-1')
    summary.focus()
    summary.addEventListener('click', function (event) {
      const link = event.target.closest('a[href^="#"]')
      const field = link && document.getElementById(link.hash.slice(1))
      if (!field) return
      event.preventDefault()
      const frame = field.closest('fieldset, .nhsuk-form-group')
      ;(frame || field).scrollIntoView()
      field.focus({ preventScroll: true })
    })
  }

  // <textarea maxlength="500" data-left="{n} characters left" data-left-one="1 character left">: the words come from the page.
  document.querySelectorAll('textarea[maxlength][data-left]').forEach(function (area) {
    const limit = Number(area.getAttribute('maxlength'))
    const shown = document.createElement('p')
    const spoken = document.createElement('p')
    shown.className = 'bc-left'
    shown.setAttribute('aria-hidden', 'true')
    spoken.className = 'nhsuk-u-visually-hidden'
    spoken.setAttribute('role', 'status')
    area.after(shown, spoken)
    let later
    function words () {
      const left = Math.max(0, limit - area.value.length)
      const pattern = left === 1 ? area.dataset.leftOne || area.dataset.left : area.dataset.left
      return pattern.replace('{n}', left.toLocaleString(document.documentElement.lang || undefined))
    }
    function show () {
      shown.textContent = words()
      clearTimeout(later)
      // Speaking at every key would drown the reader's own typing.
      later = setTimeout(function () { spoken.textContent = words() }, 1000)
    }
    shown.textContent = words()
    area.addEventListener('input', show)
  })

  // <p data-ends="3600" data-soon="This page closes in a few minutes. ...">: seconds until the session is over without use.
  // The clock is read again and again, because a phone that sleeps stops its timers.
  const ending = document.querySelector('[data-ends]')
  if (ending) {
    const over = Date.now() + Number(ending.dataset.ends) * 1000
    const notice = document.createElement('p')
    notice.className = 'bc-soon'
    notice.setAttribute('role', 'status')
    document.body.append(notice)
    const look = function () {
      if (over - Date.now() <= 5 * 60 * 1000 && !notice.textContent) notice.textContent = ending.dataset.soon
    }
    setInterval(look, 15000)
    document.addEventListener('visibilitychange', look)
  }

  // <div id="board" data-live>: parts of a page that are fetched again while somebody looks at it, and the alerts above
  // them. The header says that nobody has asked for it, so that it does not keep anyone signed in.
  const parts = document.querySelectorAll('[data-live][id]')
  if (parts.length) {
    let later
    const soon = function () {
      clearTimeout(later)
      if (!document.hidden) later = setTimeout(refresh, 20000)
    }
    const refresh = function () {
      fetch(window.location.href, { headers: { 'X-Refresh': '1' }, cache: 'no-store' }).then(function (answer) {
        // Signed out: what is shown here is nobody's to read any more.
        if (answer.redirected) window.location.reload()
        return answer.ok && !answer.redirected ? answer.text() : ''
      }).then(function (text) {
        if (text) show(new DOMParser().parseFromString(text, 'text/html'))
      }).catch(function () {}).finally(soon)
    }
    const show = function (fresh) {
      parts.forEach(function (part) {
        const other = fresh.getElementById(part.id)
        if (other && other.innerHTML !== part.innerHTML) {
          keepFocus(function () { part.replaceChildren(...other.childNodes) })
        }
      })
      const bands = Array.from(document.querySelectorAll('.bc-alertband'))
      const others = Array.from(fresh.querySelectorAll('.bc-alertband'))
      const words = function (all) { return all.map(function (one) { return one.outerHTML }).join('') }
      if (words(bands) !== words(others)) {
        keepFocus(function () {
          bands.forEach(function (one) { one.remove() })
          document.querySelector('.bc-top').after(...others)
        })
      }
    }
    document.addEventListener('visibilitychange', function () {
      if (document.hidden) clearTimeout(later)
      else refresh()
    })
    soon()
  }

  // Whoever was on a link is on the same link afterwards.
  function keepFocus (change) {
    const held = document.activeElement
    change()
    if (!held || held.isConnected || !held.getAttribute('href')) return
    const again = Array.from(document.querySelectorAll('main a, .bc-alertband a')).find(function (one) {
      return one.getAttribute('href') === held.getAttribute('href')
    })
    if (again) again.focus({ preventScroll: true })
  }

  // A second press while the first is under way is dropped. The button is not disabled: its name and value must be sent.
  document.addEventListener('submit', function (event) {
    const form = event.target
    if (form.hasAttribute('data-sent')) event.preventDefault()
    else if (!event.defaultPrevented && form.method !== 'get') {
      form.setAttribute('data-sent', '')
      // If no new page comes (a download, a lost connection), the form can be sent again.
      setTimeout(function () { form.removeAttribute('data-sent') }, 8000)
    }
  })
  window.addEventListener('pageshow', function () {
    document.querySelectorAll('form[data-sent]').forEach(function (form) { form.removeAttribute('data-sent') })
  })

  document.addEventListener('click', function (event) {
    const button = event.target.closest('[data-print], [data-copy]')
    if (!button) return
    event.preventDefault()
    if (button.hasAttribute('data-print')) window.print()
    else copy(button)
  })

  // <button data-copy="id of the field or text" data-copied="Copied">: the words come from the page here too.
  function copy (button) {
    const source = document.getElementById(button.dataset.copy)
    if (!source) return
    const text = 'value' in source ? source.value : source.textContent.trim()
    const done = function () {
      const before = button.textContent
      button.setAttribute('role', 'status')
      button.textContent = button.dataset.copied || before
      setTimeout(function () {
        button.textContent = before
        button.removeAttribute('role')
      }, 2000)
    }
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, function () { select(source) })
    else select(source)
  }

  // Where the browser gives no clipboard (plain http), the text is selected, ready for the keyboard.
  function select (source) {
    if ('select' in source) source.select()
    else window.getSelection().selectAllChildren(source)
  }
})()
