// Values of the trends' charts under the pointer and by the arrow keys, read from the table that stands on the page.
(function () {
  'use strict'
  const SVG = 'http://www.w3.org/2000/svg'
  const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -Infinity, End: Infinity }
  const charts = Array.from(document.querySelectorAll('svg[data-plot]'), function (svg) {
    const rows = Array.from(document.getElementById(svg.dataset.plot).tBodies[0].rows)
    const mark = document.createElementNS(SVG, 'path')
    const shown = document.createElement('p')
    mark.setAttribute('class', 'bc-chart__at')
    shown.className = 'bc-readout bc-tiny'
    shown.setAttribute('aria-hidden', 'true')
    svg.append(mark)
    svg.after(shown)
    const chart = { svg: svg, mark: mark, shown: shown, at: rows.length - 1, places: svg.dataset.places.split(' ').map(Number) }
    chart.words = function () {
      const cells = rows[chart.at].cells
      return cells[0].textContent + ': ' + cells[svg.dataset.column].textContent.replace(/\s+/g, ' ')
    }
    // To a screen reader the chart is a slider over its periods, and each step says one of them.
    svg.setAttribute('role', 'slider')
    svg.setAttribute('tabindex', '0')
    svg.setAttribute('aria-valuemin', '1')
    svg.setAttribute('aria-valuemax', String(rows.length))
    tell(chart)
    svg.addEventListener('pointermove', function (event) { show(nearest(chart, event)) })
    svg.addEventListener('pointerdown', function (event) { show(nearest(chart, event)) })
    svg.addEventListener('pointerleave', hide)
    svg.addEventListener('focus', function () { show(chart.at) })
    svg.addEventListener('blur', hide)
    svg.addEventListener('keydown', function (event) {
      const step = STEPS[event.key]
      if (!step || event.altKey || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      show(Math.max(0, Math.min(rows.length - 1, chart.at + step)))
    })
    return chart
  })

  function nearest (chart, event) {
    const box = chart.svg.getBoundingClientRect()
    const x = (event.clientX - box.left) / box.width * chart.svg.viewBox.baseVal.width
    let best = 0
    chart.places.forEach(function (place, i) { if (Math.abs(place - x) < Math.abs(chart.places[best] - x)) best = i })
    return best
  }

  // All charts show the same period, so that they can be compared.
  function show (at) {
    charts.forEach(function (chart) {
      chart.at = at
      tell(chart)
      chart.mark.setAttribute('d', 'M' + chart.places[at] + ' 12V152')
      chart.shown.textContent = chart.words()
    })
  }

  function hide () {
    if (charts.some(function (chart) { return chart.svg === document.activeElement })) return
    charts.forEach(function (chart) {
      chart.mark.removeAttribute('d')
      chart.shown.textContent = ''
    })
  }

  function tell (chart) {
    chart.svg.setAttribute('aria-valuenow', String(chart.at + 1))
    chart.svg.setAttribute('aria-valuetext', chart.words())
  }
})()
