import type { Sampling } from './plan.ts';

/** How decoded pictures become what a person should see. */
export interface Look {
  /** The size that the decoder gives. */
  width: number;
  height: number;
  /** Clockwise, in degrees, to be done by us. */
  rotation: number;
  /** Mirror horizontally, after the rotation. */
  flip: boolean;
  hdr: boolean;
}

/** One picture in `every` also comes as a small one: raw RGB, 8 bits each. */
export interface Thumbs {
  width: number;
  height: number;
  every: number;
}

export interface Pictures {
  /** The filters that let only the wanted frames through. */
  selection: string[];
  look: Look;
  width: number;
  height: number;
  pixelFormats: string;
  thumbs: Thumbs;
}

/**
 * The filter graph of a decoder: `[images]` in full, `[thumbs]` small.
 *
 * What costs time stands behind the selection. The first `scale` does nothing unless a video changes its size midway:
 * the filters behind it can't bear that.
 */
export function filterGraph({ selection, look, width, height, pixelFormats, thumbs }: Pictures): string {
  const small = [`scale=${thumbs.width}:${thumbs.height}:flags=area`, 'format=rgb24'];
  const every = thumbs.every > 1 ? [`select='not(mod(n,${thumbs.every}))'`] : [];
  const common = [...selection, `scale=${look.width}:${look.height}`, ...looks(look), ...NUMBERED, 'split'];
  return [
    `[0:V:0]${common.join(',')}[large][small]`,
    // What is known of the pixels' shape depends on the method, and a JPEG tells it.
    `[large]scale=${width}:${height},setsar=1,format=${pixelFormats}[images]`,
    `[small]${[...every, ...small].join(',')}[thumbs]`,
  ].join(';');
}

/** Times far apart keep any encoder's clock from seeing two pictures at once, which it would refuse. */
const NUMBERED = ['settb=1/1000', 'setpts=N*1000000000'];

/**
 * Interlaced frames are deinterlaced each by itself, so that the same frame looks the same whatever was decoded before
 * it. HDR is mapped to the range and colours of a standard screen (Hable's curve, ITU-R BT.709).
 */
function looks({ rotation, flip, hdr }: Look): string[] {
  const turns: Record<number, string[]> = {
    90: ['transpose=clock'],
    180: ['hflip', 'vflip'],
    270: ['transpose=cclock'],
  };
  const toneMapping = [
    ...['zscale=transfer=linear:npl=100', 'format=gbrpf32le', 'zscale=primaries=bt709'],
    ...['tonemap=hable:desat=0', 'zscale=transfer=bt709:matrix=bt709:range=limited', 'format=yuv444p'],
  ];
  return [
    'estdif=mode=frame:deint=interlaced',
    ...(hdr ? toneMapping : []),
    ...(turns[rotation] ?? []),
    ...(flip ? ['hflip'] : []),
  ];
}

/**
 * Let the frames of an even spread through. The clock starts at the first decoded frame and counts microseconds;
 * `showinfo` tells each decoded frame's time on it (see frame-clock.ts). `fps` with `round=up` gives for each wanted
 * time the last frame at or before it.
 */
export function selectSampled({ startUs, intervalUs }: Sampling): string[] {
  const divisor = greatestCommonDivisor(1_000_000, intervalUs);
  return [
    ...['setpts=PTS-STARTPTS', 'settb=1/1000000', 'showinfo=checksum=0'],
    ...(startUs > 0 ? [`setpts=PTS-${startUs}`] : []),
    `fps=fps=${1_000_000 / divisor}/${intervalUs / divisor}:round=up:start_time=0`,
  ];
}

/** Let frames through by their numbers in the order of presentation, and tell their times in microseconds. */
export function selectNumbered(runs: Run[]): string[] {
  const clock = ['setpts=PTS-STARTPTS', 'settb=1/1000000'];
  return [...clock, `select='${isOneOf(runs)}'`, 'showinfo=checksum=0'];
}

/** Let frames through whose timestamp is odd, and tell it; see packets/messages.ts. */
export const selectMarked: readonly string[] = [`select='mod(pts,2)'`, 'showinfo=checksum=0'];

/** Consecutive numbers. */
export type Run = [first: number, last: number];

/** @param numbers ascending, each once */
export function runsOf(numbers: number[]): Run[] {
  const runs: Run[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run?.[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}

/** Few enough that the product of their distances is an exact zero or a finite number that is none. */
const RUNS_IN_A_LEAF = 16;

/** A balanced tree: each frame is compared with few of thousands of numbers, and its text is short. */
function isOneOf(runs: Run[]): string {
  if (runs.length > RUNS_IN_A_LEAF) {
    const middle = runs.length >> 1;
    const boundary = runs[middle]?.[0] ?? 0;
    return `if(lt(n,${boundary}),${isOneOf(runs.slice(0, middle))},${isOneOf(runs.slice(middle))})`;
  }
  const singles = runs.filter(([first, last]) => first === last).map(([first]) => `(n-${first})`);
  const longer = runs
    .filter(([first, last]) => first < last)
    .map(([first, last]) => `between(n,${first},${last})`);
  return [...(singles.length > 0 ? [`not(${singles.join('*')})`] : []), ...longer].join('+');
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
