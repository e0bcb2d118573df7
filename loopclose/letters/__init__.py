"""A paper in a form: HTML, text. A form is made when it is shown or sent; what is kept is the paper."""
