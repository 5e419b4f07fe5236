"""The words that made-up customers and cars are put together from."""

FIRST_NAMES = (
    "Aaron", "Abigail", "Adrian", "Alice", "Amir", "Andrea", "Angela", "Anthony", "Ashley",
    "Benjamin", "Beth", "Brandon", "Brenda", "Brian", "Carlos", "Carol", "Catherine", "Charles",
    "Chloe", "Christine", "Daniel", "Deborah", "Dennis", "Diana", "Diego", "Donald", "Dorothy",
    "Edward", "Elena", "Elizabeth", "Emma", "Eric", "Ethan", "Fatima", "Frank", "Gabriel", "Gary",
    "George", "Grace", "Gregory", "Hannah", "Harold", "Heather", "Henry", "Isabel", "Jack",
    "Jacob", "Janet", "Jason", "Jennifer", "Jessica", "Joan", "Jose", "Joseph", "Joyce", "Julia",
    "Justin", "Karen", "Keith", "Kelly", "Kenneth", "Kimberly", "Larry", "Laura", "Lauren",
    "Leo", "Linda", "Louis", "Lucas", "Luis", "Marie", "Mark", "Martha", "Matthew", "Megan",
    "Michelle", "Mohammed", "Monica", "Nancy", "Nathan", "Nicole", "Noah", "Olivia", "Oscar",
    "Pamela", "Patrick", "Paul", "Priya", "Rachel", "Raymond", "Rebecca", "Richard", "Rosa",
    "Ruth", "Ryan", "Samuel", "Sandra", "Scott", "Sophia", "Stephen", "Susan", "Teresa", "Thomas",
    "Tyler", "Victor", "Vincent", "Walter", "Wayne", "Wei", "William", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Adams", "Allen", "Alvarez", "Anderson", "Bailey", "Baker", "Bell", "Bennett", "Brooks",
    "Brown", "Butler", "Campbell", "Castillo", "Chen", "Clark", "Collins", "Cooper", "Cox",
    "Cruz", "Davis", "Diaz", "Edwards", "Evans", "Fisher", "Flores", "Foster", "Garcia", "Gomez",
    "Gonzalez", "Gray", "Green", "Gupta", "Gutierrez", "Hall", "Harris", "Hernandez", "Hill",
    "Howard", "Hughes", "Jackson", "Jenkins", "Johnson", "Jones", "Kelly", "Khan", "Kim", "King",
    "Kowalski", "Lee", "Lewis", "Long", "Lopez", "Martin", "Martinez", "Mendoza", "Miller",
    "Mitchell", "Moore", "Morales", "Morgan", "Morris", "Murphy", "Myers", "Nelson", "Nguyen",
    "Novak", "Ortiz", "Parker", "Patel", "Perez", "Peterson", "Phillips", "Powell", "Price",
    "Ramirez", "Reed", "Reyes", "Richardson", "Rivera", "Roberts", "Robinson", "Rogers", "Ross",
    "Russell", "Sanchez", "Sanders", "Scott", "Smith", "Stewart", "Sullivan", "Taylor", "Thomas",
    "Thompson", "Torres", "Turner", "Walker", "Ward", "Watson", "White", "Williams", "Wilson",
    "Wood", "Wright", "Young",
)  # fmt: skip
STREETS = (
    "Adams Street", "Cedar Lane", "Chestnut Drive", "Cherry Road", "Church Street", "Elm Street",
    "Franklin Avenue", "Grand Avenue", "Highland Avenue", "Hickory Lane", "Jackson Street",
    "Jefferson Street", "Lake Shore Drive", "Lincoln Avenue", "Locust Street", "Madison Street",
    "Maple Court", "Monroe Street", "Oak Avenue", "Park Street", "Pine Road", "Prairie Drive",
    "River Road", "Spring Street", "Sunset Drive", "Sycamore Street", "Walnut Street",
    "Washington Street", "Willow Lane", "Woodland Drive",
)  # fmt: skip
PLACES = (
    ("Springfield", "62701"), ("Springfield", "62702"), ("Springfield", "62703"),
    ("Springfield", "62704"), ("Springfield", "62707"), ("Springfield", "62711"),
    ("Chatham", "62629"), ("Rochester", "62563"), ("Sherman", "62684"), ("Riverton", "62561"),
)  # fmt: skip
AREA_CODES = ("217", "309", "312", "447", "618", "630", "708", "773", "779", "815", "847")
"""Area codes of Illinois. Numbers are made in their 555 exchanges, which ring nowhere."""

COLORS = ("black", "blue", "brown", "gold", "green", "grey", "orange", "red", "silver", "white")

# make: the first eight places of a VIN that could be one of its own, and models
MAKES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Toyota": ("4T1BF1FK", ("Camry", "Corolla", "RAV4", "Highlander", "Tacoma", "Prius")),
    "Honda": ("2HGFC2FA", ("Civic", "Accord", "CR-V", "Pilot", "Odyssey", "Fit")),
    "Ford": ("1FTEW1EP", ("F-150", "Escape", "Explorer", "Focus", "Fusion", "Mustang")),
    "Chevrolet": ("1G1ZD5SE", ("Silverado", "Malibu", "Equinox", "Cruze", "Tahoe", "Impala")),
    "Nissan": ("1N4AL3AP", ("Altima", "Rogue", "Sentra", "Pathfinder", "Versa", "Frontier")),
    "Hyundai": ("5NPE24AF", ("Elantra", "Sonata", "Tucson", "Santa Fe", "Accent", "Kona")),
    "Jeep": ("1C4RJFAG", ("Grand Cherokee", "Wrangler", "Cherokee", "Compass", "Renegade")),
    "Subaru": ("4S4BSAFC", ("Outback", "Forester", "Impreza", "Crosstrek", "Legacy")),
    "Volkswagen": ("1VWBT7AE", ("Jetta", "Passat", "Golf", "Tiguan", "Atlas")),
    "Kia": ("5XXGT4LE", ("Optima", "Sorento", "Soul", "Forte", "Sportage")),
}

WEIGHTS = {
    "oil_change": 35,
    "tire_rotation": 15,
    "brake_inspection": 10,
    "brake_service": 10,
    "inspection": 10,
    "general_maintenance": 12,
    "engine_diagnostics": 5,
    "transmission_service": 2,
    "recall": 1,
}
"""What is asked for how often."""

REASONS = (
    "schedule_conflict", "got_service_elsewhere", "vehicle_sold", "issue_resolved", "other",
)  # fmt: skip
