// The scroller stays when another drawing comes, and with it its place.
export default function ({ data, parentElement }) {
  const picture = parentElement.querySelector(".picture");
  if (picture && data && picture.drawn !== data.svg) {
    picture.drawn = data.svg;
    picture.innerHTML = data.svg; // escaped by whoever drew it
  }
}
