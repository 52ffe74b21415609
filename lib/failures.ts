import type { Locale } from './contracts.ts';

/**
 * Why an extraction can fail, in the words the person reads. Permanent faults lie in the input: the same file fails
 * again, so it is not tried again.
 */
export const failures = {
  empty_file: {
    en: 'The file is empty.',
    'pt-BR': 'O arquivo está vazio.',
  },
  not_a_video: {
    en: 'The file is not a video that we can read.',
    'pt-BR': 'O arquivo não é um vídeo que conseguimos ler.',
  },
  corrupt_video: {
    en: 'The file is damaged or incomplete. Please upload it again from the original.',
    'pt-BR': 'O arquivo está danificado ou incompleto. Envie-o novamente a partir do original.',
  },
  no_video_stream: {
    en: 'The file has no picture: it contains only sound or other tracks.',
    'pt-BR': 'O arquivo não tem imagem: contém apenas som ou outras faixas.',
  },
  no_frames: {
    en: 'No frame could be read from the video, or none lies in the chosen range.',
    'pt-BR': 'Não foi possível ler nenhum quadro do vídeo, ou nenhum está no intervalo escolhido.',
  },
  too_long: {
    en: 'The video is longer than the limit.',
    'pt-BR': 'O vídeo é mais longo que o limite.',
  },
  too_many_pixels: {
    en: 'The picture is larger than the limit.',
    'pt-BR': 'A imagem é maior que o limite.',
  },
  too_many_frames: {
    en: 'The recipe asks for more frames than the limit. Choose a longer interval or fewer frames.',
    'pt-BR': 'A receita pede mais quadros que o limite. Escolha um intervalo maior ou menos quadros.',
  },
  processing_timeout: {
    en: 'Extracting the frames took longer than the limit.',
    'pt-BR': 'A extração dos quadros demorou mais que o limite.',
  },
  attempts_exhausted: {
    en: 'We tried several times and could not finish. Please try again later.',
    'pt-BR': 'Tentamos várias vezes e não conseguimos terminar. Tente novamente mais tarde.',
  },
} as const satisfies Record<string, Record<Locale, string>>;

/** A stable code for why an extraction failed. */
export type FailureCode = keyof typeof failures;

/**
 * The sentence for a failure code.
 * @param code a code from a message or a database row
 * @param locale the person's language
 * @returns the sentence; the one of `attempts_exhausted` for a code this version does not know
 */
export function failureSentence(code: string, locale: Locale): string {
  const known = Object.hasOwn(failures, code) ? (code as FailureCode) : 'attempts_exhausted';
  return failures[known][locale];
}
