/** The minified text of a style sheet, see `styles.mjs`. */
declare module "*.css" {
  const text: string;
  export default text;
}
