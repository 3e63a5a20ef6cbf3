"""Names that nobody bears: invented forenames with their short forms, and surnames put together from parts."""

from __future__ import annotations

#: Invented forename and the short form friends would use.
FEMALE = (
    ("Alvenna", "Venna"), ("Brisalda", "Bris"), ("Corelline", "Corrie"), ("Dorvina", "Dorv"), ("Elsandra", "Elsa"),
    ("Fenwilla", "Fen"), ("Gresella", "Gres"), ("Havrina", "Hav"), ("Ismerald", "Izzy"), ("Jorlena", "Jo"),
    ("Kestrinna", "Kes"), ("Lomara", "Lo"), ("Mirabeth", "Mira"), ("Nerissel", "Nerys"), ("Ottavie", "Otty"),
    ("Pernella", "Pern"), ("Quilla", "Quill"), ("Rosavine", "Rosa"), ("Sabrelle", "Sabs"), ("Tamsella", "Tam"),
    ("Ulvina", "Ulla"), ("Vessandra", "Vess"), ("Wilmara", "Wil"), ("Xantha", "Xan"), ("Yselda", "Yz"),
    ("Zorina", "Zo"),
)  # fmt: skip
MALE = (
    ("Aldrick", "Al"), ("Bramwell", "Bram"), ("Corvin", "Corv"), ("Dantrell", "Dan"), ("Edrin", "Ed"),
    ("Farlow", "Far"), ("Garrick", "Gaz"), ("Haldon", "Hal"), ("Ivorin", "Ive"), ("Jessop", "Jess"),
    ("Kelwyn", "Kel"), ("Lorcade", "Lorc"), ("Mordred", "Mo"), ("Nathrel", "Nath"), ("Osrin", "Oz"),
    ("Perrick", "Perry"), ("Quennel", "Quen"), ("Rodrik", "Rod"), ("Selwick", "Sel"), ("Torbin", "Tor"),
    ("Ulrick", "Rick"), ("Varden", "Vard"), ("Wendrel", "Wen"), ("Xaldor", "Xal"), ("Yorrick", "Yorry"),
    ("Zebulor", "Zeb"),
)  # fmt: skip
SURNAME_STARTS = (
    "Fictle", "Madeup", "Nobod", "Pretend", "Sample", "Testen", "Unreal", "Imagin", "Placeh", "Dumm", "Exampl", "Mocke",
    "Synth", "Fable", "Notreal", "Invent", "Phanto", "Figmen", "Paperm", "Standin",
)  # fmt: skip
SURNAME_ENDS = (
    "ton", "ley", "worth", "by", "ford", "wick", "son", "field", "ham", "shaw", "bourne", "dale", "more", "cote",
    "thorpe",
    "well", "ridge", "stead", "combe", "hurst",
)  # fmt: skip
#: No postcode begins with these letters.
POSTCODE_AREAS = ("QX1", "QX2", "QX3", "QX4", "QX6", "QZ1", "QZ2", "QZ3")
