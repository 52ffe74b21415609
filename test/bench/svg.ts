const styles = `
  svg { color-scheme: light dark; --paper: #fff; --ink: #1c1917; --faint: #57534e; --line: #a8a29e; --good: #0f766e; --bad: #b45309; --other: #6d28d9 }
  @media (prefers-color-scheme: dark) { svg { --paper: #1c1917; --ink: #f5f5f4; --faint: #a8a29e; --line: #57534e; --good: #2dd4bf; --bad: #fbbf24; --other: #c4b5fd } }
  text { fill: var(--ink) } .faint { fill: var(--faint) } .title { font-weight: bold }
  .good { fill: var(--good) } .bad { fill: var(--bad) } .other { fill: var(--other) }
  path { fill: none; stroke: var(--line) } .tick { stroke: var(--ink); stroke-width: 2 } .dashed { stroke-dasharray: 4 3 }
  .curve { stroke-width: 2 } .curve.good { stroke: var(--good); fill: none } .curve.bad { stroke: var(--bad); fill: none } .curve.other { stroke: var(--other); fill: none }
  .band { fill: var(--bad); opacity: .12 }`.replace(/\n\s*/g, '\n');

/** A drawing that fits light and dark pages. Parts use the classes of the style, not colours. */
export function drawing(width: number, height: number, title: string, parts: string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<style>${styles}</style>`,
    '<rect width="100%" height="100%" style="fill:var(--paper)"/>',
    `<text x="12" y="20" class="title">${title}</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}
