import { Document, isMap, isScalar, isSeq, parseDocument, YAMLMap, type YAMLSeq } from 'yaml';
import { Fault } from './program.ts';

/** An entry of a kustomization's `images`: the tag is the commit that the image was built from, the digest what runs. */
export interface Image {
  name: string;
  newName: string;
  newTag: string;
  digest: string;
}

/** The images that a kustomization names, with what is written of them. */
export function readImages(text: string): Partial<Image>[] {
  const { images = [] } = (parseDocument(text).toJS() ?? {}) as { images?: Partial<Image>[] };
  return images;
}

/** The part of a kustomization that lists images, and where it stands in the text. */
function partOf(text: string): { list: YAMLSeq; begin: number; end: number } {
  const document = parseDocument(text);
  if (document.errors.length === 0 && isMap(document.contents)) {
    for (const { key, value } of document.contents.items) {
      if (isScalar(key) && key.value === 'images' && isSeq(value))
        return { list: value, begin: key.range[0], end: value.range[2] };
    }
  }
  throw new Fault('kustomization_invalid', 'The kustomization has no list of images');
}

/**
 * Write images into a kustomization. Only its list of images is written anew: what stands around it stays, to the letter.
 * @throws Fault `kustomization_invalid`
 */
export function writeImages(text: string, released: Image[]): string {
  const { list, begin, end } = partOf(text);
  for (const image of released) {
    const found = list.items.find((item) => isMap(item) && item.get('name') === image.name);
    const entry = isMap(found) ? found : new YAMLMap();
    if (!found) list.add(entry);
    for (const [key, value] of Object.entries(image)) entry.set(key, value);
  }
  return (
    text.slice(0, begin) +
    new Document({ images: list }).toString({ lineWidth: 0, singleQuote: true }) +
    text.slice(end)
  );
}
