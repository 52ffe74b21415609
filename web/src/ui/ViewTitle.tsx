import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/index.ts';

/** Not at the first view: there the browser's own place of the focus is right. */
let hasMoved = false;

/**
 * The heading of a view. It names the tab of the browser, and gets the focus when a person comes from another view, so
 * that screen readers begin there.
 */
export function ViewTitle({ title, children }: { title: string; children?: ComponentChildren }) {
  const place = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t('productName')}`;
  }, [title]);
  useEffect(() => {
    if (hasMoved) place.current?.focus({ preventScroll: true });
    hasMoved = true;
  }, []);
  return (
    <h1 ref={place} tabIndex={-1} class="view-title">
      {children ?? title}
    </h1>
  );
}
