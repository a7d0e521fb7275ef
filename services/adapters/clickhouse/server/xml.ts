// XML from data, as much of it as ClickHouse's configuration needs. Everything is escaped here and nowhere else: an
// unescaped name of a directory could end an element and begin another.

/** Text, or elements by tag; an array is one element for each item. A name that begins with `@` is an attribute. */
export type XmlNode = string | number | { readonly [name: string]: XmlNode | readonly XmlNode[] }

/** @param indent spaces for each level; none puts all in one line */
export const xml = (node: XmlNode, indent = 0): string =>
  typeof node === 'object' ? elements(node, indent, 0) : escapeXml(String(node))

function elements(parent: Exclude<XmlNode, string | number>, indent: number, depth: number): string {
  const padding = ' '.repeat(indent * depth)
  const lineBreak = indent > 0 ? '\n' : ''
  return Object.entries(parent)
    .filter(([name]) => !name.startsWith('@'))
    .flatMap(([tag, content]) =>
      (Array.isArray(content) ? content : [content]).map(item => [tag, item as XmlNode] as const),
    )
    .map(([tag, content]) => {
      if (typeof content !== 'object') return `${padding}<${tag}>${escapeXml(String(content))}</${tag}>`
      const inner = elements(content, indent, depth + 1)
      const end = inner === '' ? '' : `${lineBreak}${inner}${lineBreak}${padding}`
      return `${padding}<${tag}${attributes(content)}>${end}</${tag}>`
    })
    .join(lineBreak)
}

const attributes = (node: Exclude<XmlNode, string | number>): string =>
  Object.entries(node)
    .filter(([name]) => name.startsWith('@'))
    .map(([name, value]) => ` ${name.slice(1)}="${escapeXml(String(value))}"`)
    .join('')

const escapeXml = (text: string): string => text.replace(/[<>&'"]/g, char => `&#${char.charCodeAt(0)};`)
