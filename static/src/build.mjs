// Build static/vendor/ from the pinned packages: stylesheet, script, icon and fonts under names that hold a hash of their content.
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { compile } from 'sass'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const modules = join(root, 'node_modules')
const target = join(root, 'static/vendor')
// A half-built folder must never look finished, so everything is made beside it and moved at the end.
const making = `${target}.making`

const ATKINSON = '@fontsource/atkinson-hyperlegible-next'
const SOURCE_SANS = '@expo-google-fonts/source-sans-3'
const NAMED_IN_CSS = {
  'fonts/atkinson-next-400.woff2': `${ATKINSON}/files/atkinson-hyperlegible-next-latin-400-normal.woff2`,
  'fonts/atkinson-next-600.woff2': `${ATKINSON}/files/atkinson-hyperlegible-next-latin-600-normal.woff2`,
  // The button that empties a search field.
  'images/nhsuk-icon-cross.svg': 'nhsuk-frontend/dist/nhsuk/assets/images/nhsuk-icon-cross.svg'
}
// The printed page opens its fonts by these plain names.
const PLAIN_COPIES = {
  'fonts/SourceSans3-Regular.ttf': `${SOURCE_SANS}/400Regular/SourceSans3_400Regular.ttf`,
  'fonts/SourceSans3-SemiBold.ttf': `${SOURCE_SANS}/600SemiBold/SourceSans3_600SemiBold.ttf`,
  'fonts/SourceSans3-Italic.ttf': `${SOURCE_SANS}/400Regular_Italic/SourceSans3_400Regular_Italic.ttf`,
  'fonts/DejaVuSans.ttf': 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
  'fonts/DejaVuSans-Bold.ttf': 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
  'licences/atkinson-hyperlegible-next.txt': `${ATKINSON}/LICENSE`,
  'licences/source-sans-3.txt': `${SOURCE_SANS}/LICENSE_FONT`,
  'licences/dejavu.txt': 'dejavu-fonts-ttf/LICENSE'
}
const COMPRESSIBLE = new Set(['.css', '.js', '.svg'])
const manifest = {}

function write (path, content) {
  mkdirSync(dirname(join(making, path)), { recursive: true })
  writeFileSync(join(making, path), content)
}

function publish (name, content) {
  const bytes = Buffer.from(content)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const ending = extname(name)
  const hashed = `${name.slice(0, -ending.length)}.${hash}${ending}`
  write(hashed, bytes)
  manifest[name] = `vendor/${hashed}`
  if (COMPRESSIBLE.has(ending)) {
    const gzip = gzipSync(bytes, { level: 9 })
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
    write(`${hashed}.gz`, gzip)
    write(`${hashed}.br`, brotli)
    console.log(`static/vendor/${hashed}: ${bytes.length} bytes, gzip ${gzip.length}, brotli ${brotli.length}`)
  }
  return hashed
}

function stylesheet () {
  // The packages' own deprecation notes are not ours to act on.
  const { css } = compile(join(root, 'static/src/site.scss'), { loadPaths: [modules], style: 'compressed', quietDeps: true })
  return css.replace(/url\(["']?([^"')]+)["']?\)/g, (_, name) => {
    if (!manifest[name]) throw new Error(`site.scss names ${name}, which build.mjs does not publish`)
    return `url("${manifest[name].replace('vendor/', '')}")`
  })
}

rmSync(making, { recursive: true, force: true })
for (const [name, source] of Object.entries(PLAIN_COPIES)) {
  mkdirSync(dirname(join(making, name)), { recursive: true })
  copyFileSync(join(modules, source), join(making, name))
}
for (const [name, source] of Object.entries(NAMED_IN_CSS)) publish(name, readFileSync(join(modules, source)))
publish('site.css', stylesheet())
for (const name of ['site.js', 'trends.js']) publish(name, readFileSync(join(root, 'static', name)))
publish('icon.svg', readFileSync(join(root, 'static/icon.svg')))
write('manifest.json', JSON.stringify(manifest, null, 2) + '\n')
rmSync(target, { recursive: true, force: true })
renameSync(making, target)
