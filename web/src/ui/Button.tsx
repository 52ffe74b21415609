import type { ComponentChildren, ButtonHTMLAttributes } from 'preact';
import { Icon, type IconName } from './Icon.tsx';

interface Look {
  /** `primary`: the one thing to do here. `quiet`: without a frame. */
  kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  icon?: IconName;
  /** The words are for screen readers and the tooltip only. */
  iconOnly?: boolean;
  size?: 'small' | 'normal';
  children: ComponentChildren;
}

type ButtonProps = Look &
  Omit<ButtonHTMLAttributes, 'size' | 'icon' | 'children' | 'role' | 'type'> & {
    busy?: boolean;
    type?: 'button' | 'submit';
  };

const classesOf = ({ kind = 'plain', iconOnly, size }: Look) =>
  ['button', kind, iconOnly ? 'icon-only' : '', size === 'small' ? 'small' : ''].filter(Boolean).join(' ');

function Content({ icon, iconOnly, children }: Look) {
  return (
    <>
      {icon && <Icon name={icon} />}
      <span class={iconOnly ? 'unseen' : undefined}>{children}</span>
    </>
  );
}

/** A button. While it is busy it can be focused, but not pressed again. */
export function Button({ kind, icon, iconOnly, size, busy, children, onClick, ...rest }: ButtonProps) {
  const look = {
    children,
    ...(kind && { kind }),
    ...(icon && { icon }),
    ...(iconOnly && { iconOnly }),
    ...(size && { size }),
  };
  return (
    <button
      type="button"
      {...rest}
      class={classesOf(look)}
      title={iconOnly && typeof children === 'string' ? children : undefined}
      aria-busy={busy ? true : undefined}
      aria-disabled={busy ? true : undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      <Content {...look} />
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ href, ...look }: Look & { href: string }) {
  return (
    <a class={classesOf(look)} href={href}>
      <Content {...look} />
    </a>
  );
}
