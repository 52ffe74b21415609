import { effect, signal } from '@preact/signals';
import { readChoice, writeChoice } from './choices.ts';

const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** Light or dark, or as the device says. */
export const theme = signal<Theme>(themes.find((it) => it === readChoice('theme')) ?? 'auto');

/** Show the chosen theme from now on, in every tab. */
export function startTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    writeChoice('theme', theme.value);
  });
  addEventListener('storage', ({ key, newValue }) => {
    const chosen = key === 'theme' && themes.find((it) => it === newValue);
    if (chosen) theme.value = chosen;
  });
}

/** The theme that comes after the present one. */
export const nextTheme = (): Theme => themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'auto';
