/** The part of libmime 5.4 that is used here; the package brings no types. */
declare module 'libmime' {
  const libmime: {
    /** Decodes the encoded-words of RFC 2047 in a header value. */
    decodeWords(text: string): string;
    /** The usual extension of a media type, without the dot; `bin` if unknown. */
    detectExtension(mediaType: string): string;
  };
  export default libmime;
}
