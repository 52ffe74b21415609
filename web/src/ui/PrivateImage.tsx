import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './Icon.tsx';

/** A picture that only its owner may fetch. */
export interface Picture {
  /** Tells it from every other one. */
  name: string;
  load: (signal: AbortSignal | null) => Promise<Blob>;
}

interface PrivateImageProps {
  of: Picture;
  alt: string;
  /** What is shown until it is there; a sign if nothing else. */
  children?: ComponentChildren;
}

/** A picture that needs the person's token. It is fetched when it comes into sight, and forgotten when it has left. */
export function PrivateImage({ of: { name, load }, alt, children }: PrivateImageProps) {
  const place = useRef<HTMLSpanElement>(null);
  const inSight = useSight(place);
  const [url, setUrl] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!inSight) return undefined;
    const stop = new AbortController();
    let made: string | null = null;
    setFailed(false);
    load(stop.signal)
      .then((blob) => {
        if (stop.signal.aborted) return;
        made = URL.createObjectURL(blob);
        setUrl(made);
      })
      .catch(() => setFailed(!stop.signal.aborted));
    return () => {
      stop.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [name, inSight]);
  return (
    <span ref={place} class={`picture${failed ? ' failed' : ''}`}>
      {url ? <img src={url} alt={alt} decoding="async" /> : (children ?? <Icon name="image" size={28} />)}
    </span>
  );
}

/** Once in sight, always in sight. */
function useSight(place: { current: HTMLElement | null }): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || !place.current) return undefined;
    const observer = new IntersectionObserver((entries) => setSeen(entries.some((it) => it.isIntersecting)), {
      rootMargin: '300px',
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [seen]);
  return seen;
}
