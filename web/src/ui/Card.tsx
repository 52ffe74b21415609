import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface CardProps {
  /** A heading, which names the part of the page. */
  title?: string;
  /** What stands beside the heading. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

/** A part of a view. */
export function Card({ title, aside, children }: CardProps) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={title ? id : undefined}>
      {title && (
        <div class="card-head">
          <h2 id={id}>{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}
