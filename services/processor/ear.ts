import { readShown } from './shown-frames.ts';
import { tellsDamage } from './warnings.ts';

/** What decoders have told beside their pictures. */
export interface Heard {
  /** They met pictures that could not be decoded, or only in part. */
  damaged: boolean;
  interlaced: boolean;
}

/** Listens to the decoders on the way. */
export interface Ear {
  listen: (line: string) => void;
  /** Another worker's decoders have told this. */
  join: (heard: Heard) => void;
  /** A decoder begins anew: what an earlier one said does not count. */
  forget: () => void;
  heard: () => Heard;
}

/** An ear that has heard nothing yet. */
export function createEar(): Ear {
  let damaged = false;
  let interlaced = false;
  return {
    listen: (line) => {
      damaged ||= tellsDamage(line);
      interlaced ||= readShown(line)?.isInterlaced ?? false;
    },
    join: (heard) => {
      damaged ||= heard.damaged;
      interlaced ||= heard.interlaced;
    },
    forget: () => {
      damaged = false;
      interlaced = false;
    },
    heard: () => ({ damaged, interlaced }),
  };
}
