import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './Icon.tsx';

/** What is shown where there is nothing yet, and what to do about it. */
export function EmptyState({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
