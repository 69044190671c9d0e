// The scroll position stays when the drawing changes.
export default function ({ data, parentElement }) {
  const picture = parentElement.querySelector(".picture");
  if (picture && data && picture.drawn !== data.svg) {
    picture.drawn = data.svg;
    picture.innerHTML = data.svg; // escaped where it was drawn
  }
}
