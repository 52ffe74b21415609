import { useEffect, useState } from 'preact/hooks';
import { a } from './texts/index.ts';

const DATA = /^data:image\/svg\+xml(;charset=[\w-]+)?(;base64)?,/i;

/** The SVG itself, also out of a `data:` URL, which the page's policy would not load. */
function svgOf(text: string): string {
  const head = DATA.exec(text);
  if (!head) return text;
  const rest = text.slice(head[0].length);
  return head[2] ? atob(rest) : decodeURIComponent(rest);
}

/** A QR code that the server has drawn. As an image it can't run anything. */
export function QrCode({ svg }: { svg: string }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([svgOf(svg)], { type: 'image/svg+xml' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [svg]);
  return <div class="qr">{url && <img src={url} alt={a('qrAlt')} width="208" height="208" />}</div>;
}
