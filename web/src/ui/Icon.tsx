/** Line icons on a grid of 24. */
const shapes = {
  upload: 'M12 16V4m0 0L7 9m5-5 5 5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3',
  download: 'M12 4v12m0 0 5-5m-5 5-5-5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7',
  film: 'M4 5h16v14H4zM8 5v14m8-14v14M4 10h4m8 0h4M4 14h4m8 0h4',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14m5-2 4.5 4.5',
  pause: 'M9 6v12m6-12v12',
  play: 'M8 5.5v13l10-6.5z',
  close: 'M6 6l12 12M18 6 6 18',
  check: 'm5 12.5 4.5 4.5L19 7',
  alert: 'M12 8v5m0 3.2v.3M12 3.5 2.8 19.5h18.4z',
  info: 'M12 11v5m0-8.2v.3M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18',
  retry: 'M5 5v5h5M5.4 10A7.5 7.5 0 1 1 4.6 14',
  trash: 'M4 7h16M9 7V4h6v3m3 0-1 13H7L6 7m4 4v5m4-5v5',
  back: 'M15 5l-7 7 7 7',
  forward: 'M9 5l7 7-7 7',
  down: 'm5 9 7 7 7-7',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 2.5v2m0 15v2M2.5 12h2m15 0h2M5.3 5.3l1.4 1.4m10.6 10.6 1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  auto: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18m0 0V3m0 4.5 5.5-1m-5.5 6h9m-9 4.5 6 1',
  globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M3 12h18M12 3c5 5.5 5 12.500 0 18-5-5.500-5-12.500 0-18',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8m-8 9c.5-4.500 3.500-6.500 8-6.500s7.500 2 8 6.500',
  bell: 'M6 16v-5a6 6 0 0 1 12 0v5l1.500 2h-15zM10 20.500h4',
  logout: 'M14 4H5v16h9m-3-8h10m0 0-3.500-3.500M21 12l-3.500 3.500',
  plus: 'M12 5v14M5 12h14',
  settings:
    'M4 7h10m4 0h2M4 17h2m4 0h10M16 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5m-8 10a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5',
  image:
    'M4 5h16v14H4zm0 11 5-5 4 4 2.500-2.500L20 17M15.500 10.200a1.200 1.200 0 1 0 0-2.400 1.200 1.200 0 0 0 0 2.400',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18m0-14v5.500l3.500 2',
  key: 'M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8m4-4h9v3m-4-3v3',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  shield: 'M12 3.5 5 6v5.5c0 4.500 3 7.500 7 9 4-1.500 7-4.500 7-9V6zm-3 8.500 2.200 2.200L15.500 10',
  devices: 'M4 5h13v4M4 5v10h9M2.500 18h10.500M15 11h6v9h-6z',
  link: 'M10 13.500a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10.500a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1',
  mail: 'M4 6h16v12H4zm0 .5 8 6.500 8-6.500',
  dot: 'M12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2',
  grid: 'M4 4h7v7H4zm9 0h7v7h-7zm-9 9h7v7H4zm9 0h7v7h-7z',
} as const;

export type IconName = keyof typeof shapes;

/** A picture beside words; it says nothing by itself. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={shapes[name]} />
    </svg>
  );
}
